# syntax=docker/dockerfile:1
# One image for web and worker. TensorFlow is not in it: the networks run in tensorflow/serving.
FROM node:22-bookworm-slim AS frontend
WORKDIR /build/frontend
COPY frontend/package.json frontend/package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY frontend/ ./
RUN npm run build

FROM python:3.12-slim-bookworm
ENV PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
WORKDIR /srv/readerstudy
COPY pyproject.toml requirements.txt ./
RUN pip install --no-cache-dir --constraint requirements.txt ".[web]" \
    && useradd --system --uid 10001 --create-home --home-dir /data readerstudy
COPY manage.py ./
COPY annotations/ annotations/
COPY inference/ inference/
COPY readerstudy/ readerstudy/
COPY --from=frontend /build/frontend/dist frontend/dist
RUN READERSTUDY_DATA_DIR=/tmp/build python manage.py collectstatic --noinput --verbosity 0 && rm -rf /tmp/build
USER 10001
EXPOSE 8000
CMD ["gunicorn", "readerstudy.config.wsgi", "--bind", "0.0.0.0:8000", "--workers", "2", "--threads", "8"]
