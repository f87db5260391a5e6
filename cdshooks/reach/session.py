"""requests over guarded connections.

Imported only where a server may be asked: of what a start imports it is an eighth.
"""

import logging
import ssl
from http.cookiejar import DefaultCookiePolicy

from requests.adapters import HTTPAdapter
from requests.sessions import Session
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from cdshooks.reach.connect import Guard, tls_context


class GuardedAdapter(HTTPAdapter):
    """requests over guarded connections: no retries and no proxies of its own."""

    def __init__(self, guard: Guard, connections: int, tls: ssl.SSLContext | None = None):
        self._guard, self._tls = guard, tls
        super().__init__(pool_connections=16, pool_maxsize=connections, max_retries=0)

    def init_poolmanager(self, connections, maxsize, block=False, **options):
        super().init_poolmanager(connections, maxsize, block, **options)
        self.poolmanager.pool_classes_by_scheme = _pools(self._guard)

    def build_connection_pool_key_attributes(self, request, verify, cert=None):
        host, pool = super().build_connection_pool_key_attributes(request, verify, cert)
        return host, (pool | {"ssl_context": self._tls or tls_context()} if host["scheme"] == "https" else pool)

    def cert_verify(self, conn, url, verify, cert):
        """The context has it all; requests would read its list of certificates again for each connection."""
        conn.cert_reqs = "CERT_REQUIRED"


def _pools(guard: Guard) -> dict:
    class Plain(HTTPConnection):
        def _new_conn(self):
            return guard.connect("http", self._dns_host, self.port, self.timeout)

    class Tls(HTTPSConnection):
        def _new_conn(self):  # the name in the certificate stays that of the URL: only the address is ours
            return guard.connect("https", self._dns_host, self.port, self.timeout)

    plain = type("PlainPool", (HTTPConnectionPool,), {"ConnectionCls": Plain})
    tls = type("TlsPool", (HTTPSConnectionPool,), {"ConnectionCls": Tls})
    return {"http": plain, "https": tls}


def guarded_session(guard: Guard, connections: int, tls: ssl.SSLContext | None = None) -> Session:
    """A session for all callers: it keeps connections, and nothing of anybody's (no cookies, no .netrc, no proxies)."""
    # At DEBUG urllib3 writes every URL down, and ours name patients.
    logging.getLogger("urllib3.connectionpool").setLevel(logging.WARNING)
    session = Session()
    session.trust_env = False
    session.headers = {"User-Agent": "cdshooks", "Accept-Encoding": "gzip"}
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    adapter = GuardedAdapter(guard, connections, tls)
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    return session
