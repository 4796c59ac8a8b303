import { PageElement } from "../../foundation/element.ts";

customElements.define("gl-usage", class extends PageElement {});
