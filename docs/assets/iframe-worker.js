// Search without a server. A page that was opened as a file may start no worker from another file, so the worker's script
// runs in a hidden frame, with the same messages. On a server this does nothing.
if (location.protocol === "file:") {
  window.Worker = class extends EventTarget {
    constructor(url) {
      super();
      const frame = document.createElement("iframe");
      frame.hidden = true;
      frame.title = "search";
      // Some browsers put another document into a new frame once it is loaded, so nothing is done before.
      this.ready = new Promise((resolve) => {
        frame.addEventListener("load", () => {
          const inside = frame.contentWindow;
          // What the script sends goes to those who listen to this object; what it imports it gets as a script.
          inside.postMessage = (data) => this.dispatchEvent(new MessageEvent("message", { data }));
          inside.importScripts = (...urls) => Promise.all(urls.map((one) => load(inside.document, one)));
          load(inside.document, new URL(url, location.href)).then(() => resolve(inside));
        }, { once: true });
        const start = () => document.body.append(frame);
        document.body ? start() : addEventListener("DOMContentLoaded", start);
      });
    }
    postMessage(data) {
      this.ready.then((inside) => inside.dispatchEvent(new inside.MessageEvent("message", { data })));
    }
    terminate() {}
  };
  function load(page, url) {
    return new Promise((resolve, reject) => {
      const script = page.createElement("script");
      script.src = url;
      script.onload = resolve;
      script.onerror = reject;
      page.body.append(script);
    });
  }
}
