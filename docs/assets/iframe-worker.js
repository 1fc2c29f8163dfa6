/* Search without a server. A browser starts no Worker for a page that it read from a file; a hidden frame takes its place.
   The name is the one by which the worker of the search knows where it runs. */
if (location.protocol === "file:") {
  window.IFrameWorker = window.Worker = class extends EventTarget {
    #frame = document.createElement("iframe")
    #ready = new Promise(resolve => {
      this.#frame.hidden = true
      this.#frame.addEventListener("load", resolve, { once: true })
    })

    constructor(address) {
      super()
      this.#frame.srcdoc = `<script>
        postMessage = data => parent.dispatchEvent(new MessageEvent("search", { data }))
      </script><script src="${new URL(address, document.baseURI)}"></script>`
      window.addEventListener("search", found => this.dispatchEvent(new MessageEvent("message", { data: found.data })))
      document.documentElement.append(this.#frame)
    }

    async postMessage(data) {
      await this.#ready
      this.#frame.contentWindow.dispatchEvent(new MessageEvent("message", { data }))
    }
  }
}
