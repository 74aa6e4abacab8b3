# The bot in a container: docker build -t status-bot . && docker run --env-file .env -p 8000:8000 status-bot
FROM python:3.13-slim AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
RUN python -m venv /opt/bot
COPY requirements.txt /src/
RUN /opt/bot/bin/pip install --require-hashes -r /src/requirements.txt

FROM python:3.13-slim
ENV PATH=/opt/bot/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 HOST=0.0.0.0 PORT=8000
COPY --from=build /opt/bot /opt/bot
WORKDIR /app
COPY app.yml ./
COPY templates ./templates
COPY bot ./bot
USER 65534:65534
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s \
  CMD ["python", "-c", "import os, urllib.request as r; r.urlopen(f'http://127.0.0.1:{os.environ[\"PORT\"] or 8000}/health', timeout=4)"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["python", "-m", "bot"]
CMD ["serve"]
