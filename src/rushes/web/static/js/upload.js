// A zone of the form: a file is dropped, pasted, browsed or picked, looked at, and sent at once; the form names it.

export class Zone {
  constructor(root, changed) {
    this.root = root;
    this.role = root.dataset.zone;
    this.changed = changed;
    this.input = root.querySelector("[type=file]");
    this.asset = root.querySelector("[type=hidden]");
    this.bar = root.querySelector("progress");
    this.preview = this.part("preview");
    this.input.removeAttribute("name");
    this.input.className = "unseen";
    this.input.addEventListener("change", () => this.put(this.input.files[0]));
    for (const name of ["dragover", "dragleave", "drop"]) root.addEventListener(name, (event) => this.hover(event));
    this.part("retry").addEventListener("click", () => this.send());
    for (const name of ["cancel", "remove"]) this.part(name).addEventListener("click", () => this.clear());
    if (root.dataset.frame) this.takeFrame(root.dataset.frame);
    // One that was chosen before this script had come.
    this.put(this.input.files[0]);
  }

  get isSending() {
    return !this.bar.hidden;
  }

  takes({ name, type }) {
    return this.input.accept.split(",").some((one) => one === type || (one[0] === "." && name.toLowerCase().endsWith(one)));
  }

  async put(file) {
    if (!file) return;
    this.clear();
    const { bytes, seconds, hint } = this.root.dataset;
    if (!this.takes(file) || !file.size || file.size > bytes) return this.say(`${file.name} does not fit. Use ${hint}.`);
    this.file = file;
    this.name(file.name, `${(file.size / 2 ** 20).toFixed(1)} MiB`);
    const length = await this.show(URL.createObjectURL(file), file.type.split("/")[0]);
    if (this.file !== file) return;
    if (length > seconds && length < Infinity) {
      this.clear();
      this.say(`${file.name} lasts ${length.toFixed(1)} s. Use ${hint}.`);
    } else this.send();
  }

  send() {
    const body = new FormData();
    body.append("file", this.file);
    const request = (this.request = new XMLHttpRequest());
    request.open("POST", `/api/v1/assets?role=${this.role}`);
    request.responseType = "json";
    request.upload.onprogress = ({ loaded, total }) => (this.bar.value = (100 * loaded) / total);
    request.onerror = () => this.fail("The connection was lost.");
    request.onload = () => {
      const said = request.response;
      if (request.status === 201) this.become("ready", said.id);
      else this.fail(said?.errors?.[0]?.message ?? said?.detail ?? "It could not be sent.");
    };
    this.become("sending");
    request.send(body);
  }

  fail(text) {
    this.become("failed");
    this.say(text);
  }

  pick({ id, src, kind, name, facts }) {
    this.clear();
    this.name(name, facts);
    this.show(src, kind);
    this.become("ready", id);
  }

  clear() {
    this.request?.abort();
    this.file = null;
    this.input.value = "";
    URL.revokeObjectURL(this.preview.firstElementChild?.src);
    this.preview.replaceChildren();
    this.become("empty");
  }

  become(state, id = "") {
    this.root.querySelector(".problem")?.remove();
    this.asset.value = id;
    this.bar.value = 0;
    this.root.classList.toggle("full", state !== "empty");
    this.part("chosen").hidden = state === "empty";
    this.bar.hidden = this.part("cancel").hidden = state !== "sending";
    this.part("retry").hidden = state !== "failed";
    this.part("remove").hidden = state === "empty" || state === "sending";
    this.changed();
  }

  // Resolves with the length in seconds, as far as the browser can tell.
  show(src, kind) {
    const name = { image: "img", video: "video", audio: "audio" }[kind];
    if (!name) return 0;
    const media = Object.assign(document.createElement(name), { alt: "", muted: true, controls: kind === "audio" });
    this.preview.replaceChildren(media);
    return new Promise((resolve) => {
      media.onload = media.onerror = () => resolve(0);
      media.onloadedmetadata = () => resolve(media.duration);
      media.src = src;
    });
  }

  async takeFrame(src) {
    const shown = this.show(src, "video");
    const film = this.preview.firstElementChild;
    // A file that was chosen meanwhile has taken the film's place.
    const miss = () => {
      if (!film.isConnected) return;
      this.clear();
      this.say("The last frame could not be taken. Save it yourself, and choose it here.");
    };
    film.onseeked = () => {
      const canvas = Object.assign(document.createElement("canvas"), { width: film.videoWidth, height: film.videoHeight });
      canvas.getContext("2d").drawImage(film, 0, 0);
      try {
        canvas.toBlob((blob) => film.isConnected && this.put(new File([blob], "last-frame.png", { type: "image/png" })));
      } catch {
        // A store of another origin keeps its pixels to itself.
        miss();
      }
    };
    film.currentTime = await shown;
    film.onerror = miss;
    if (film.error) miss();
  }

  part(name) {
    return this.root.querySelector(`[data-${name}]`);
  }

  name(name, facts) {
    this.part("name").textContent = name;
    this.part("facts").textContent = facts;
  }

  say(text) {
    const line = Object.assign(document.createElement("p"), { className: "problem", textContent: text, role: "alert" });
    this.bar.after(line);
  }

  hover(event) {
    event.preventDefault();
    this.root.classList.toggle("over", event.type === "dragover");
    if (event.type === "drop") this.put(event.dataTransfer.files[0]);
  }
}
