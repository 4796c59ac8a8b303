declare module "*.css" {
  /** The stylesheet's text, as the build of the widget puts it in. */
  const text: string;
  export default text;
}
