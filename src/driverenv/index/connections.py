"""Kinds of trouble on the way to an index, in words: TLS and proxies. See `kinds`."""

from __future__ import annotations

from typing import NamedTuple


class Kind(NamedTuple):
    """The texts of a kind of trouble; `summary` has a place for the index's role."""

    summary: str
    local: tuple[str, ...]
    public: tuple[str, ...]
    code: str = ""
    """The kind that names its code, where several share one."""


OFFICIAL = "compare the address of the public index in the settings with the one that its operator gives"
_WHO_ANSWERS = "or find out who else answers there: whoever is in between can serve anything"
_CLOCK = "check the clock of this machine"
_CERTIFICATE_FILES = (
    "correct `ca_file`, `client_cert`, `client_key` or its password of this index in the settings"
)
_PROXY_LOGIN = (
    "write its user name and password where the proxy is set: as `username` and `password_env` of the table `proxy`, "
    "or into the variable (http://USER:PASSWORD@HOST:PORT)"
)
_PROXY_REFUSED = (
    "correct user name and password where the proxy is set; in a URL, write @ as %40, : as %3A and / as %2F"
)
_PROXY_BASIC = (
    "let the proxy accept a user name and a password (Basic) from this server; or run a helper on this machine that "
    "knows the other kind, and set that as the proxy"
)
CONNECTIONS = {
    "tls": Kind(
        "no trusted connection to the {role} could be made",
        ("check the index's certificate: expired, for another host, or of a CA this machine does not know",),
        ("check for a proxy that opens TLS connections and whose CA this machine does not know",),
    ),
    "tls-authority": Kind(
        "the certificate of the {role} is of an authority that is not trusted here",
        (
            "name a file with the certificate of its authority as `ca_file` of the index, or add that to this system's trust store",
            _WHO_ANSWERS,
        ),
        (
            "if your site has a proxy that opens TLS connections: add its authority to this system's trust store, or name it as `ca_file` of the public index",
            _WHO_ANSWERS,
        ),
        "tls",
    ),
    "tls-expired": Kind(
        "the certificate of the {role} has expired",
        ("renew the certificate of the index, or of the proxy in front of it", _CLOCK),
        (_CLOCK, "if it is right, whoever runs the public index, or a proxy on the way, has to renew it"),
        "tls",
    ),
    "tls-early": Kind(
        "the certificate of the {role} is not valid yet",
        (_CLOCK, "if it is right, correct the certificate of the index"),
        (_CLOCK,),
        "tls",
    ),
    "tls-host": Kind(
        "the certificate of the {role} is for another host",
        (
            "ask the index by a name that its certificate has: correct its address in the settings",
            "or have a certificate made for it that has this name or address",
        ),
        (OFFICIAL, "check whether a login page or a proxy stands in between"),
        "tls",
    ),
    "tls-protocol": Kind(
        "the {role} speaks no version of TLS that is still safe",
        ("let the index, or the proxy in front of it, speak TLS 1.2 or newer",),
        ("check for a proxy that opens TLS connections: it should speak TLS 1.2 or newer",),
        "tls",
    ),
    "tls-plain": Kind(
        "what answers at the address of the {role} does not speak TLS",
        (
            "check the port; if the index really is to be asked without TLS, write http:// in its address",
            "behind a reverse proxy: give the address of the proxy, not of the index behind it",
        ),
        ("check the port, and whether a login page or a proxy stands in between",),
        "tls",
    ),
    "tls-client": Kind(
        "the {role} does not accept us without a certificate that it knows",
        ("name one that it accepts as `client_cert` and `client_key` of the index",),
        ("name one that it accepts as `client_cert` and `client_key` of the public index",),
        "tls",
    ),
    "tls-handshake": Kind(
        "the {role} broke off the making of a TLS connection",
        (
            "let the index, or the proxy in front of it, speak TLS 1.2 or newer",
            "if it lets in only who shows a certificate: name one as `client_cert` and `client_key` of the index",
        ),
        ("check for a proxy that opens TLS connections: it should speak TLS 1.2 or newer",),
        "tls",
    ),
    "tls-own": Kind(
        "a file of certificates or keys for the {role} cannot be used",
        (_CERTIFICATE_FILES,),
        (_CERTIFICATE_FILES,),
        "tls",
    ),
    "client-certificate": Kind(
        "the {role} does not accept us without a certificate that it knows",
        ("name one that it accepts as `client_cert` and `client_key` of the index",),
        ("name one that it accepts as `client_cert` and `client_key` of the public index",),
        "error",
    ),
    "http-at-https": Kind(
        "the {role} wants to be asked over https",
        ("write https:// in the address of the index",),
        ("write https:// in the address of the public index",),
        "error",
    ),
    "proxy-auth": Kind(
        "a proxy stands between here and the {role} and asks for a password",
        ("take the index's host out of the proxy's reach: local indexes should be asked directly",),
        (
            "set the proxy that this site has, with its user name and password: `proxy` in the settings, or https_proxy",
            "if the network itself wants a login first, log in with a browser on this machine",
        ),
    ),
    "proxy-auth-asked": Kind(
        "the proxy on the way to the {role} asks for a user name and a password",
        (_PROXY_LOGIN,),
        (_PROXY_LOGIN,),
        "proxy-auth",
    ),
    "proxy-auth-refused": Kind(
        "the proxy on the way to the {role} does not accept our user name and password",
        (_PROXY_REFUSED,),
        (_PROXY_REFUSED,),
        "proxy-auth",
    ),
    "proxy-auth-scheme": Kind(
        "the proxy on the way to the {role} wants a kind of login that driverenv does not have",
        (_PROXY_BASIC,),
        (_PROXY_BASIC,),
        "proxy-auth",
    ),
    "down-proxy": Kind(
        "the proxy on the way to the {role} does not let us through",
        ("ask who runs the proxy, or take the index's host out of its reach: `no_proxy`",),
        (
            "let the proxy reach the hosts of the public index on port 443; public PyPI has two: pypi.org and files.pythonhosted.org",
            "or work offline, with everything that is needed in a local index",
        ),
        "down",
    ),
}
