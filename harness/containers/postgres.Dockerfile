# PostgreSQL from the distribution's packages, started as MiniStack starts the public image: by POSTGRES_USER, POSTGRES_PASSWORD
# and POSTGRES_DB, with `docker-entrypoint.sh postgres [options]`.
ARG BASE_IMAGE
FROM ${BASE_IMAGE}
COPY docker-entrypoint.sh /usr/local/bin/docker-entrypoint.sh
ENV PGDATA=/var/lib/postgresql/data
EXPOSE 5432
ENTRYPOINT ["docker-entrypoint.sh"]
CMD ["postgres"]
