import { PageElement } from "../../foundation/element.ts";

customElements.define("gl-settings", class extends PageElement {});
