"""Requests to a SPARQL endpoint: within one time limit, tried again where that helps, answers bounded in size."""

from __future__ import annotations

import email.utils
import re
import time
from typing import TYPE_CHECKING

from kgzsl.errors import OntologyError

if TYPE_CHECKING:
    import httpx

BACKOFF = 0.5
"""Seconds before the first new try; each further one waits twice as long."""
ANSWER = 512 * 1024**2
"""Bytes of one answer, unpacked."""

_BUSY = frozenset({408, 429, 500, 502, 503, 504})
_FORMATS = {
    "application/n-triples": ".nt", "text/turtle": ".ttl", "application/x-turtle": ".ttl",
    "application/rdf+xml": ".rdf", "text/plain": ".nt",
}  # fmt: skip
_ACCEPT = "application/n-triples, text/turtle;q=0.9, application/rdf+xml;q=0.7"
_WORDS = 200


class Session:
    """One connection to an endpoint, and the time that is left for all that is asked through it.

    Args:
        url: of the endpoint.
        timeout: seconds for everything, waiting included.
        retries: how often one request is tried again.
        token: sent as a bearer token when given.
    """

    def __init__(self, url: str, timeout: float, retries: int, token: str | None = None) -> None:
        import httpx

        headers = {"Accept": _ACCEPT} | ({"Authorization": f"Bearer {token}"} if token else {})
        self._client = httpx.Client(headers=headers, follow_redirects=False)
        self._url, self._timeout, self._retries = url, timeout, retries
        self._deadline = time.monotonic() + timeout

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *error: object) -> None:
        self._client.close()

    def ask(self, query: str) -> tuple[str, bytes]:
        """Return the answer to a CONSTRUCT query.

        Returns:
            The suffix of files in the answer's format, and its bytes.

        Raises:
            OntologyError: unreachable, out of time, refused by the server, no RDF, or too big.
        """
        import httpx

        for attempt in range(self._retries + 1):
            last = attempt == self._retries
            wait = BACKOFF * 2**attempt
            try:
                with self._client.stream("POST", self._url, data={"query": query}, timeout=self._left()) as answer:
                    body = self._body(answer)
                    if answer.status_code not in _BUSY or last:
                        return _format(answer, body), body
                    wait = max(wait, _asked_to_wait(answer.headers.get("retry-after", "")))
            except httpx.ConnectError as error:
                raise OntologyError(f"the endpoint cannot be reached: {error}", fix="is the server running?") from None
            except httpx.TransportError as error:
                if last:
                    raise self._silent(error) from None
            except httpx.DecodingError as error:
                raise OntologyError(f"the answer cannot be unpacked: {error}") from None
            if wait > self._left():
                raise OntologyError(f"the endpoint is busy: the next try is due in {wait:.0f} seconds, after the time "
                                    f"limit of {self._timeout:g}", fix="try again later, or raise timeout")  # fmt: skip
            time.sleep(wait)
        raise AssertionError("the last attempt returns or raises")

    def _left(self) -> float:
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise self._late()
        return left

    def _late(self) -> OntologyError:
        return OntologyError(f"no complete answer within {self._timeout:g} seconds", value=self._timeout,
                             fix="raise timeout, or ask for less")  # fmt: skip

    def _silent(self, error: httpx.TransportError) -> OntologyError:
        import httpx

        if isinstance(error, httpx.TimeoutException):
            return self._late()
        return OntologyError(f"the connection broke: {error or type(error).__name__}")

    def _body(self, answer: httpx.Response) -> bytes:
        """Read the answer as it comes, as a server that drips never lets a single read time out."""
        chunks, size = [], 0
        for chunk in answer.iter_bytes():
            self._left()
            size += len(chunk)
            if size > ANSWER:
                raise OntologyError(f"an answer of more than {ANSWER:,} bytes", fix="lower page, or ask for less")
            chunks.append(chunk)
        return b"".join(chunks)


def _asked_to_wait(value: str) -> float:
    """Return the seconds of a Retry-After header, which are a number or a date."""
    if value.strip().isdecimal():
        return float(value)
    try:
        return email.utils.parsedate_to_datetime(value).timestamp() - time.time()
    except (TypeError, ValueError):
        return 0.0


def _format(answer: httpx.Response, body: bytes) -> str:
    status, kind = answer.status_code, answer.headers.get("content-type", "").partition(";")[0].strip().lower()
    if answer.is_redirect:
        raise OntologyError(f"the endpoint has moved to {answer.headers['location']}", value=status,
                            fix="name that address, if you trust it")  # fmt: skip
    if status != 200:
        raise OntologyError(f"the endpoint answers {status} {answer.reason_phrase}: {_words(body)}", value=status)
    if kind not in _FORMATS:
        raise OntologyError(f"the answer is '{kind or 'of no type'}', not RDF: {_words(body)}", value=kind,
                            fix="is this the address of a SPARQL endpoint?")  # fmt: skip
    return _FORMATS[kind]


def _words(body: bytes) -> str:
    """Return the beginning of what the server says, on one line and without what terminals take for commands."""
    text = re.sub(r"<[^>]*>", " ", body[: 20 * _WORDS].decode("utf8", "replace"))
    text = " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())
    return text[:_WORDS] + ("…" if len(text) > _WORDS else "") or "(no words)"
