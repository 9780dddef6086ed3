"""What a script of another page can do to send a request of its own to the app.

`APP` is the app's origin. Each is a script, and the path at which its request arrives.
"""

# Each of its own: where a frame is about to show the answer to one form, Chromium and Firefox may
# drop the next one that is sent into it.
_FRAME = """
const frame = document.createElement('iframe');
frame.name = `dark-${document.getElementsByTagName('iframe').length}`;
document.body.append(frame);
"""

_FORM = """
const form = document.createElement('form');
form.method = 'POST';
document.body.append(form);
"""

_FORM_IN_A_FRAME = f"{_FRAME}{_FORM}form.target = frame.name;"

_JSON_BY_A_FORM = """
form.enctype = 'text/plain';
form.action = APP + '/api/agents/hello/invocations';
const field = document.createElement('input');
field.name = '{"messages": [], "x": "';
field.value = '"}';
form.append(field);
form.submit();
"""

_SANDBOXED = """
const frame = document.createElement('iframe');
frame.sandbox = 'allow-scripts allow-forms';
frame.srcdoc = `<form method=POST action='${APP}/auth/logout'></form>
  <script>document.forms[0].submit()</script>`;
document.body.append(frame);
"""

_BLIND = """
fetch(APP + '/auth/logout', {method: 'POST', mode: 'no-cors', credentials: 'include'});
"""

_LASTING = """
const options = {method: 'POST', mode: 'no-cors', keepalive: true, credentials: 'include'};
fetch(APP + '/auth/logout', options);
"""

_PLAIN = "fetch(APP + '/auth/sessions', {credentials: 'include'}).catch(String);"

_SCRIPT = """
const script = document.createElement('script');
script.src = APP + '/api/chats';
document.body.append(script);
"""

_LOGIN = "fetch(APP + '/auth/login', {credentials: 'include'}).catch(String);"

_EVENTS = "new EventSource(APP + '/api/chats/x/stream', {withCredentials: true});"

_SOCKET = "new WebSocket(APP.replace('http', 'ws') + '/api/agents/hello/invocations');"

_INVOCATION = "/api/agents/hello/invocations"

FORGERIES: dict[str, tuple[str, str]] = {
    "a form": (f"{_FORM}form.action = APP + '/auth/logout'; form.submit();", "/auth/logout"),
    "a form in a frame": (
        f"{_FORM_IN_A_FRAME}form.action = APP + '/auth/logout'; form.submit();",
        "/auth/logout",
    ),
    "a form whose body is json": (f"{_FORM_IN_A_FRAME}{_JSON_BY_A_FORM}", _INVOCATION),
    "a form of an origin that hides itself": (_SANDBOXED, "/auth/logout"),
    "a link": ("location.assign(APP + '/auth/logout');", "/auth/logout"),
    "a fetch that reads nothing": (_BLIND, "/auth/logout"),
    "a fetch that may outlive its page": (_LASTING, "/auth/logout"),
    "a fetch without a header of its own": (_PLAIN, "/auth/sessions"),
    "a beacon": ("navigator.sendBeacon(APP + '/auth/logout', 'x');", "/auth/logout"),
    "an image": ("new Image().src = APP + '/api/agents';", "/api/agents"),
    "an image that begins a login": ("new Image().src = APP + '/auth/login';", "/auth/login"),
    "a script": (_SCRIPT, "/api/chats"),
    "a frame that begins a login": (f"{_FRAME}frame.src = APP + '/auth/login';", "/auth/login"),
    "a frame that ends a login": (
        f"{_FRAME}frame.src = APP + '/auth/callback?code=x&state=y';",
        "/auth/callback?code=x&state=y",
    ),
    "a fetch that begins a login": (_LOGIN, "/auth/login"),
    "a stream of events": (_EVENTS, "/api/chats/x/stream"),
    "a web socket": (_SOCKET, _INVOCATION),
}

WITH_THE_SESSION = (
    "a form",
    "a fetch that reads nothing",
    "a beacon",
    "an image",
    "a stream of events",
)
"""Those to which a browser adds even a Strict cookie, if the page is a sibling's."""
