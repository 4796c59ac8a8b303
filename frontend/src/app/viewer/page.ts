import { PageElement } from "../../foundation/element.ts";

customElements.define("gl-viewer", class extends PageElement {});
