# MiniStack from its wheel. The context holds emulator.lock and wheels/, so nothing is fetched while the image is built.
ARG BASE_IMAGE
FROM ${BASE_IMAGE}
ARG IMAGE_PREFIX
COPY emulator.lock /tmp/emulator.lock
COPY wheels /tmp/wheels
RUN python3 -m pip install --no-index --find-links /tmp/wheels --require-hashes --no-cache-dir --break-system-packages \
    --disable-pip-version-check --root-user-action ignore --requirement /tmp/emulator.lock && rm -r /tmp/wheels
# Its name for the images of databases: one of ours where none can be pulled.
ENV MINISTACK_IMAGE_PREFIX=${IMAGE_PREFIX} \
    PYTHONUNBUFFERED=1
EXPOSE 4566
ENTRYPOINT ["python3", "-m", "ministack"]
