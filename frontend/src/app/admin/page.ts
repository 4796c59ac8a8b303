import { PageElement } from "../../foundation/element.ts";

customElements.define("gl-admin", class extends PageElement {});
