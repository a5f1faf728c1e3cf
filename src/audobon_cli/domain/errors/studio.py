"""The local page and its HTTP interface."""

from audobon_cli.domain.errors.usage import InvalidInput


class RequestRefused(InvalidInput):
    code = "usage.http_refused"
    summary = (
        "An HTTP request to the studio names another host, or comes from another page; nothing was answered."
    )


class TokenRequired(InvalidInput):
    code = "usage.http_token"
    summary = "An HTTP request to the studio has no token, or not the one of this start."


class RouteUnknown(InvalidInput):
    code = "usage.http_route"
    summary = "The studio's HTTP interface has nothing at this path."


class MethodUnsupported(InvalidInput):
    code = "usage.http_method"
    summary = "The path of the studio's HTTP interface does not take this method."


class ContentTypeUnsupported(InvalidInput):
    code = "usage.http_type"
    summary = (
        "The body of an HTTP request to the studio is not declared as what the path takes: application/json, or"
        " application/octet-stream for a file."
    )


class BodyTooLarge(InvalidInput):
    code = "usage.http_size"
    summary = "The body of an HTTP request to the studio is larger than it may be."


class StudioReadOnly(InvalidInput):
    code = "usage.http_read_only"
    summary = "The studio was started with --read-only, and the HTTP request would change something."


class PortTaken(InvalidInput):
    code = "usage.port"
    summary = "Another program listens on the port that was chosen, or this user may not."


class StudioPasswordMissing(InvalidInput):
    code = "usage.studio_password"
    summary = (
        "The studio is to be reached by other machines and has no password file, or one that is short, or that others"
        " may read."
    )


class PasswordWrong(InvalidInput):
    code = "usage.http_password"
    summary = "The password that was handed in to the studio is not its own."


class PasswordTriesSpent(InvalidInput):
    code = "usage.http_tries"
    summary = "Too many wrong passwords were handed in to the studio; ``retry_after_seconds`` says when it looks again."
