"""`python -m inference.modelserver`: serve the networks of a model config until SIGTERM or SIGINT."""

import argparse
import json
import logging
import os
import signal
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import grpc

HERE = Path(__file__).parent
MAX_MESSAGE_BYTES = 256 * 2**20


def parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m inference.modelserver", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1", help="address to bind (default: this machine only)")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free port, see --ready-file")
    parser.add_argument("--socket", type=Path, help="a unix socket instead of host and port")
    parser.add_argument("--model-config", type=Path, default=HERE / "config" / "models.config")
    parser.add_argument("--batching-config", type=Path, help="BatchingParameters; without it, no batching")
    parser.add_argument("--model-root", type=Path, help='folder that stands for "/models" in the config')
    parser.add_argument("--poll-seconds", type=float, default=2.0, help="look for new versions; 0 for never")
    parser.add_argument("--ready-file", type=Path, help="written as JSON (address, pid) once models answer")
    parser.add_argument("--stop-with-stdin", action="store_true", help="also stop when stdin is closed")
    return parser.parse_args(arguments)


def main(arguments: list[str]) -> int:
    options = parse(arguments)
    logging.basicConfig(level=logging.INFO, format="modelserver: %(message)s")
    os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    if options.stop_with_stdin:
        threading.Thread(target=_wait_for_end_of_stdin, args=(stop,), daemon=True).start()
    return serve(options, stop)


def serve(options: argparse.Namespace, stop: threading.Event) -> int:
    """Serve until `stop`; 0 after a clean stop, 2 if configuration, model or address is unusable."""
    from inference.modelserver.batching import BatchingRules
    from inference.modelserver.servables import Registry, read_config
    from inference.modelserver.services import handlers

    log = logging.getLogger("inference.modelserver")
    try:
        rules = BatchingRules.from_file(options.batching_config) if options.batching_config else None
        registry = Registry(read_config(options.model_config), options.model_root, rules)
    except (OSError, ValueError) as error:
        log.error("%s", error)
        return 2
    registry.refresh()
    if missing := registry.missing():
        log.error("no version of %s could be loaded; look at --model-root", ", ".join(missing))
        registry.close()
        return 2
    limits = [(f"grpc.max_{way}_message_length", MAX_MESSAGE_BYTES) for way in ("receive", "send")]
    server = grpc.server(ThreadPoolExecutor(16), options=[*limits, ("grpc.so_reuseport", 0)])
    server.add_generic_rpc_handlers(handlers(registry))
    address = f"unix:{options.socket}" if options.socket else f"{options.host}:{options.port}"
    try:
        port = server.add_insecure_port(address)
    except RuntimeError as error:
        log.error("cannot listen on %s: %s", address, error)
        registry.close()
        return 2
    address = address if options.socket else f"{options.host}:{port}"
    server.start()
    log.info("listening on %s", address)
    if options.ready_file:
        _write(options.ready_file, json.dumps({"address": address, "pid": os.getpid()}))
    while not stop.wait(options.poll_seconds or None):
        registry.refresh()
    server.stop(grace=10).wait()
    registry.close()
    log.info("stopped")
    return 0


def _write(path: Path, text: str) -> None:
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    fresh.write_text(text)
    fresh.replace(path)


def _wait_for_end_of_stdin(stop: threading.Event) -> None:
    # Past sys.stdin: an interpreter that ends may not wait for a buffer that this thread holds.
    while os.read(0, 4096):
        pass
    stop.set()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
