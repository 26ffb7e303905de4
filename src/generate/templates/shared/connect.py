@contextmanager
def connect(celery: Celery) -> Iterator[Any]:
    """Open a connection to the broker, or fail soon."""
    with celery.connection_for_write() as connection:
        connection.ensure_connection(max_retries=1, interval_start=0, interval_step=0, timeout=1)
        yield connection
