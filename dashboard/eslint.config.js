import js from "@eslint/js";
import hooks from "eslint-plugin-react-hooks";
import ts from "typescript-eslint";

// A screen is made of the shared parts, never of another screen; the parts know no screen.
const notScreens = {
  patterns: [{ group: ["**/screens/*"], message: "Shared code knows no screen." }],
};

export default ts.config(
  { ignores: ["node_modules", "src/api/schema.d.ts"] },
  js.configs.recommended,
  ...ts.configs.strict,
  hooks.configs.flat["recommended-latest"],
  {
    rules: {
      "@typescript-eslint/consistent-type-imports": ["error", { fixStyle: "inline-type-imports" }],
      "@typescript-eslint/no-invalid-void-type": "off",
      "no-console": "error",
      // It is about a compiler that is not used.
      "react-hooks/incompatible-library": "off",
    },
  },
  {
    files: ["src/{account,api,chart,format,keys,live,session,theme,ui,url}/**"],
    rules: { "no-restricted-imports": ["error", notScreens] },
  },
  { files: ["scripts/**"], languageOptions: { globals: { process: "readonly", URL: "readonly" } } },
);
