// Takes a one-time code from the fragment of the address, which no server sees, and signs in with it.
const code = location.hash.slice(1);
const key = document.querySelector<HTMLInputElement>("input[name=key]");
if (code !== "" && key?.form && !document.querySelector("[role=alert]")) {
  history.replaceState(null, "", location.pathname + location.search);
  key.value = code;
  key.form.submit();
}
