"""Kinds of trouble with an index, in words: what is the matter, and what to do, for local and for public ones."""

from __future__ import annotations

from driverenv.index.connections import CONNECTIONS, OFFICIAL, Kind

_REACH = "check that this machine may reach it: firewall, proxy, DNS"
_SERVE_ITSELF = "let the index serve its pages and files itself, under its own address"
KINDS = {
    "down": Kind(
        "the {role} cannot be reached",
        ("check that the index's process (PyPI Server) is running and its folder or share is there", _REACH),
        (_REACH, "or work offline, with everything that is needed in a local index"),
    ),
    "folder": Kind(
        "the folder of the {role} cannot be read",
        ("check that the folder is there and may be read: is its path right, is the share mounted?",),
        (),
    ),
    "folder-link": Kind(
        "the folder of the {role} has a link to what lies outside of it, and that is not followed",
        ("put the files there in place of the link, or configure the other folder as an index of its own",),
        (),
        "down",
    ),
    "folder-hidden": Kind(
        "the folder of the {role} has a link to a hidden folder, and hidden folders are not looked into",
        ("give the hidden folder a name without a dot in front, or configure it as an index of its own",),
        (),
        "down",
    ),
    "folder-dangling": Kind(
        "the folder of the {role} has a link that leads nowhere",
        ("put the file or folder there that the link should lead to, or take the link away",),
        (),
        "down",
    ),
    "folder-moving": Kind(
        "a file in the folder of the {role} is still being written",
        ("wait until the file is copied completely, then launch again",),
        (),
        "down",
    ),
    "folder-special": Kind(
        "the folder of the {role} has something by the name of a file that is none",
        ("put the file itself there, or take away what has its name",),
        (),
        "down",
    ),
    "folder-archive": Kind(
        "the folder of the {role} has an archive whose content cannot be seen",
        ("wait until it is copied completely, then extract it into the folder; or take it out of there",),
        (),
        "down",
    ),
    "dns": Kind(
        "the host name of the {role} cannot be resolved",
        ("check the index's address for a typing error", _REACH),
        (_REACH, "or work offline, with everything that is needed in a local index"),
    ),
    "timeout": Kind(
        "the {role} does not answer in time",
        ("check whether the index's process (PyPI Server) hangs or is overloaded; restart it",),
        (_REACH, "try again later"),
    ),
    "auth": Kind(
        "the {role} does not let us in",
        ("set the user name and password of the index in the settings (a refusal is no proof of absence)",),
        ("set the user name and password of the index in the settings",),
    ),
    "error": Kind(
        "the {role} answered with an error",
        ("look into the log of the index (PyPI Server) for the reason, then launch again",),
        ("try again later",),
    ),
    "limited": Kind(
        "the {role} answered that it is asked too often",
        (
            "raise the limit that the index, or the proxy in front of it, has for this machine",
            "or launch again later, fewer drivers at once",
        ),
        ("launch again later, fewer drivers at once", "or keep what is needed in a local index"),
        "error",
    ),
    "named": Kind(
        "the root page of the {role} names the project, but leads to no page of it",
        (
            "let the index serve the project's page right below its root page (PEP 503)",
            "or take the name off the root page, if the index does not have the project",
        ),
        (),
        "error",
    ),
    "partial": Kind(
        "the root page of the {role} does not list all of its projects",
        (
            "let the index list all of its projects on one page (PEP 503): only that proves what it does not have",
            "put the files of the project into the index, if it should be there",
        ),
        (),
        "error",
    ),
    "redirect": Kind(
        "the {role} sends us to an address that is not its own",
        (
            _SERVE_ITSELF,
            "find out who has set up this redirect, and why: what it leads to was checked by nobody here",
        ),
        (OFFICIAL, "check whether a login page or a proxy stands in between"),
    ),
    "redirect-name": Kind(
        "the {role} sends us to another project's page on the public index",
        (
            "check the index's address (with PyPI Server: http://HOST:8036/simple/)",
            "find out why the index redirects this name: only a redirect to the same project's page says that it lacks it",
        ),
        (),
        "redirect",
    ),
    "redirect-loop": Kind(
        "the redirects of the {role} do not end",
        (
            "look into the settings of the index and of any proxy in front of it: its redirects go in a circle",
        ),
        ("try again later", OFFICIAL),
        "redirect",
    ),
    "redirect-http": Kind(
        "the {role} sends us from https to http, where nothing protects what it answers",
        ("let the index, or the proxy in front of it, redirect to https addresses",),
        (OFFICIAL,),
        "redirect",
    ),
    "redirect-nowhere": Kind(
        "the {role} sends us to an address that cannot be read",
        (
            "look into the settings of the index and of any proxy in front of it: its redirect has no usable address",
        ),
        (OFFICIAL,),
        "redirect",
    ),
    "link": Kind(
        "the {role} lists files that lie at an address that is not its own",
        (
            _SERVE_ITSELF,
            "find out who has put this link there, and why: what it leads to was checked by nobody here",
        ),
        (OFFICIAL,),
        "redirect",
    ),
    "insecure": Kind(
        "the address of the {role} begins with http://, and https:// is required",
        (),
        (
            "write https:// in the address of the public index (http:// may be used on this very machine only)",
        ),
        "redirect",
    ),
    "forbidden": Kind(
        "the {role} may not be asked at this address",
        ("check the index's address in the settings",),
        ("check the index's address in the settings",),
        "redirect",
    ),
    "not-an-index": Kind(
        "what answers at the address of the {role} is not a page of a package index",
        ("check the index's address (with PyPI Server: http://HOST:8036/simple/) and what runs there",),
        ("check the index's address and whether a login page or a proxy stands in between",),
    ),
    "truncated": Kind(
        "the answer of the {role} was cut off",
        ("check the index, and any proxy in front of it; half a page could lack the newest file",),
        ("try again later; half a page could lack the newest file",),
    ),
    "too-large": Kind(
        "the answer of the {role} is larger than any index page should be",
        ("check the index's address and what runs there",),
        ("check the index's address and what runs there",),
    ),
    **CONNECTIONS,
}
