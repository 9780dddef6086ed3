// Every path whose last part has no dot is the page's own, which knows what to show there.
function handler(event) {
  var request = event.request;
  var name = request.uri.slice(request.uri.lastIndexOf("/") + 1);
  if (name.indexOf(".") < 0) {
    request.uri = "/index.html";
  }
  return request;
}
