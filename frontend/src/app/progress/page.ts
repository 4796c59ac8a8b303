import { PageElement } from "../../foundation/element.ts";

customElements.define("gl-progress", class extends PageElement {});
