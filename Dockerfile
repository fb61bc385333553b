# One image for web, worker, beat and commands. No secret goes in: the environment brings them at the start.

FROM node:22-slim AS assets
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY static static
RUN npm run build

FROM python:3.12-slim AS packages
COPY requirements/base.txt /tmp/base.txt
RUN python -m venv /opt/venv \
    && /opt/venv/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes --only-binary :all: \
        -r /tmp/base.txt

FROM python:3.12-slim
RUN apt-get update \
    && apt-get install --yes --no-install-recommends \
        fonts-noto-core libharfbuzz-subset0 libpango-1.0-0 libpangoft2-1.0-0 tzdata \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --user-group --home-dir /srv/hatecase --shell /usr/sbin/nologin hatecase \
    && install --directory --owner hatecase --group hatecase --mode 0700 /var/lib/hatecase
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    DJANGO_SETTINGS_MODULE=hatecase.settings \
    HATECASE_HOME=/var/lib/hatecase \
    STATIC_ROOT=/srv/hatecase/collected \
    XDG_CACHE_HOME=/tmp
COPY --from=packages /opt/venv /opt/venv
WORKDIR /srv/hatecase
COPY . .
COPY --from=assets /build/static/build static/build
# The two words serve this one command and are not kept.
RUN SECRET_KEY=collecting AUDIT_KEY=collecting python manage.py collectstatic --no-input
USER hatecase
VOLUME /var/lib/hatecase
EXPOSE 8000
ENV HATECASE_ROLE=app
HEALTHCHECK --interval=30s --timeout=10s --start-period=30s CMD ["python", "-m", "hatecase.probe", "web"]
CMD ["gunicorn", "-c", "python:hatecase.gunicorn_conf", "--bind", "0.0.0.0:8000"]
