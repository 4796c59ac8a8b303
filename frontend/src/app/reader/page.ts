import { PageElement } from "../../foundation/element.ts";

customElements.define("gl-reading", class extends PageElement {});
