class ProblemError(Exception):
    """An error that is answered with problem details (RFC 9457)."""

    def __init__(self, status: HTTPStatus, detail: str, **members: object) -> None:
        super().__init__(detail)
        self.status = status.value
        self.body = {"title": status.phrase, "status": status.value, "detail": detail, **members}
