/** Speaks as Authsignal's pre-built page does: to its opener or parent in a popup, and by the address otherwise. */
export const challengePage = `<!doctype html><title>Challenge</title>
<button id="approve">Approve</button> <button id="quit">Quit</button>
<script>
const query = new URLSearchParams(location.search);
const challenge = query.get("token");
const host = window.opener ?? window.parent;
function leave(token) {
  if (query.get("mode") === "popup") {
    host.postMessage(JSON.stringify({ event: "AUTHSIGNAL_CLOSE_POPUP", token }), query.get("origin"));
    return;
  }
  const back = new URL(query.get("redirectUrl"));
  back.searchParams.set("token", token ?? challenge);
  location.href = back;
}
approve.onclick = async () => leave(await (await fetch("/complete", { method: "POST", body: challenge })).text());
quit.onclick = () => leave(undefined);
if (query.get("mode") === "popup") host.postMessage(JSON.stringify({ event: "AUTHSIGNAL_READY" }), query.get("origin"));
</script>`;
