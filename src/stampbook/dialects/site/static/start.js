// One API at a time: the page's address says which, `/docs?api=altegio`; without it the native one.
fetch("/", { headers: { Accept: "application/json" } })
  .then((answer) => answer.json())
  .then(({ descriptions }) => {
    const asked = new URLSearchParams(location.search).get("api");
    const shown = Object.hasOwn(descriptions, asked) ? asked : Object.keys(descriptions)[0];
    const links = Object.keys(descriptions).map((api) => {
      const link = document.createElement("a");
      link.href = `/docs?api=${api}`;
      link.textContent = api;
      if (api === shown) link.setAttribute("aria-current", "page");
      return link;
    });
    document.getElementById("apis").replaceChildren(...links);
    SwaggerUIBundle({
      url: descriptions[shown],
      dom_id: "#page",
      deepLinking: true,
      persistAuthorization: false,
      tryItOutEnabled: true,
      validatorUrl: null,
    });
  });
