import { PageElement } from "../../foundation/element.ts";

customElements.define("gl-library", class extends PageElement {});
