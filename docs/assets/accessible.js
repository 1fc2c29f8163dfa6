/* What the theme leaves out for keyboards and screen readers: names for what it adds to a page, and a way for the
   keyboard into what is wider than the page. */
{
  const mend = () => {
    document.querySelector(".md-search")?.setAttribute("aria-label", "Search")
    document.querySelectorAll(".md-code__nav").forEach((item, number) => {
      item.setAttribute("aria-label", `Example ${number + 1}`)
    })
    document.querySelectorAll("pre > code, .md-typeset__scrollwrap").forEach(item => {
      item.setAttribute("tabindex", "0")
    })
  }
  mend()
  new MutationObserver(mend).observe(document.body, { childList: true, subtree: true })
}
