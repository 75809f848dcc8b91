import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig({
  base: "/static/",
  resolve: {
    // vtk.js reaches xmlbuilder2 for file writers nobody calls here; its build for browsers needs
    // Node's "events" and ends in "Class extends value undefined" when bundled.
    alias: { xmlbuilder2: here("./src/viewer/no-xmlbuilder.ts") },
  },
  worker: { format: "es" },
  build: {
    outDir: "dist",
    manifest: "manifest.json",
    target: "es2022",
    chunkSizeWarningLimit: 4000,
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
