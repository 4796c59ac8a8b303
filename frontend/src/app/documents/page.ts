import { PageElement } from "../../foundation/element.ts";

customElements.define("gl-documents", class extends PageElement {});
