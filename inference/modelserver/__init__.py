"""A small model server that speaks TensorFlow Serving's gRPC protocol, for machines without that server.

Started as `python -m inference.modelserver`; nothing imports it, because it imports TensorFlow.
"""
