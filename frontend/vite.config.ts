import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig({
  base: "/static/",
  worker: { format: "es" },
  build: {
    outDir: "dist",
    manifest: "manifest.json",
    target: "es2022",
    rolldownOptions: {
      input: {
        app: here("./src/pages/app.ts"),
        reading: here("./src/pages/reading.tsx"),
        exam: here("./src/pages/exam.tsx"),
        levels: here("./src/pages/levels.ts"),
      },
    },
  },
  test: { environment: "node", include: ["src/**/*.test.ts", "src/**/*.test.tsx"] },
});
