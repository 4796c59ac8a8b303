import { PageElement } from "../../foundation/element.ts";

customElements.define("gl-auth", class extends PageElement {});
