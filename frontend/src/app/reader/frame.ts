// Runs in a frame without our origin, beside Mermaid: gets a diagram's source, gives its picture.

interface Mermaid {
  initialize(settings: object): void;
  render(id: string, code: string): Promise<{ svg: string }>;
}

const { mermaid } = globalThis as unknown as { mermaid: Mermaid };

addEventListener("message", (event: MessageEvent<{ code: string; dark: boolean }>) => {
  if (event.source === parent) void draw(event.data.code, event.data.dark);
});
parent.postMessage({ ready: true }, "*");

async function draw(code: string, dark: boolean): Promise<void> {
  // Labels as text: HTML in a picture isn't shown everywhere.
  mermaid.initialize({ startOnLoad: false, securityLevel: "strict", theme: dark ? "dark" : "default", htmlLabels: false, flowchart: { htmlLabels: false } });
  try {
    const { svg } = await mermaid.render("diagram", code);
    parent.postMessage({ svg: sized(svg) }, "*");
  } catch (error) {
    parent.postMessage({ error: String(error) }, "*");
  }
}

// A width in per cent has no meaning in a picture.
function sized(svg: string): string {
  const element = new DOMParser().parseFromString(svg, "image/svg+xml").documentElement;
  const [, , width, height] = (element.getAttribute("viewBox") ?? "").split(/\s+/);
  if (width && height) {
    element.setAttribute("width", width);
    element.setAttribute("height", height);
  }
  return new XMLSerializer().serializeToString(element);
}
