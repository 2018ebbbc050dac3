# The image of a server, a worker or any other command: docs/operating/deploying.md
FROM python:3.13-slim-trixie AS build
WORKDIR /build
COPY requirements-build.lock requirements.lock ./
# Every package comes from a lock file and is checked against its hash.
RUN python -m venv /opt/stampbook \
    && python -m pip install --no-cache-dir --require-hashes --requirement requirements-build.lock \
    && /opt/stampbook/bin/python -m pip install --no-cache-dir --require-hashes --requirement requirements.lock
COPY pyproject.toml README.md LICENSE ./
COPY src src
RUN python -m hatchling build -t wheel -d dist \
    && /opt/stampbook/bin/python -m pip install --no-cache-dir --no-deps dist/*.whl

FROM python:3.13-slim-trixie
# pg_dump and pg_restore, for `stampbook backup` and `stampbook restore`.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends postgresql-client \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 10001 --user-group --no-create-home --home-dir /var/lib/stampbook --shell /usr/sbin/nologin stampbook \
    && install --directory --owner=10001 --group=10001 --mode=0700 /var/lib/stampbook
COPY --from=build /opt/stampbook /opt/stampbook
ENV PATH=/opt/stampbook/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    STAMPBOOK_HOST=0.0.0.0 \
    STAMPBOOK_PORT=8000
USER 10001
WORKDIR /var/lib/stampbook
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request as r; r.urlopen(f'http://127.0.0.1:{os.environ[\"STAMPBOOK_PORT\"]}/readyz', timeout=4)"]
ENTRYPOINT ["stampbook"]
CMD ["serve"]
