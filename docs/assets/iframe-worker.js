// The manual is also read from files, where browsers start no worker: there a hidden frame does a worker's work.
if (location.protocol === "file:") {
  window.Worker = class extends EventTarget {
    constructor(url) {
      super();
      this.waiting = [];
      this.frame = document.createElement("iframe");
      this.frame.hidden = true;
      document.documentElement.append(this.frame);
      this.inside = this.frame.contentWindow;
      this.inside.postMessage = (data) => setTimeout(() => this.tell(new MessageEvent("message", { data })));
      const script = this.inside.document.createElement("script");
      script.src = new URL(url, document.baseURI).href;
      script.onload = () => {
        for (const data of this.waiting) this.hand(data);
        this.waiting = null;
      };
      script.onerror = () => this.tell(new Event("error"));
      this.inside.document.documentElement.append(script);
    }

    postMessage(data) {
      if (this.waiting) this.waiting.push(data);
      else this.hand(data);
    }

    terminate() {
      this.frame.remove();
    }

    hand(data) {
      setTimeout(() => this.inside.dispatchEvent(new this.inside.MessageEvent("message", { data })));
    }

    tell(event) {
      this[`on${event.type}`]?.(event);
      this.dispatchEvent(event);
    }
  };
}
