import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

const COLOUR_MAPS = "@kitware/vtk.js/Rendering/Core/ColorTransferFunction/ColorMaps";

export default defineConfig({
  base: "/static/",
  resolve: {
    // What Cornerstone brings along and an image at rest never uses. xmlbuilder2's build for browsers, moreover,
    // needs Node's "events" and ends in "Class extends value undefined" when bundled.
    alias: [
      { find: "xmlbuilder2", replacement: here("./src/viewer/absent/xmlbuilder2.ts") },
      { find: /^@cornerstonejs\/metadata$/, replacement: here("./src/viewer/absent/metadata/index.ts") },
      { find: "dcmjs", replacement: here("./src/viewer/absent/dcmjs.ts") },
      { find: /^\.\.\/WebGPU\/.*$/, replacement: here("./src/viewer/absent/webgpu.ts") },
      { find: `${COLOUR_MAPS}.js`, replacement: `${COLOUR_MAPS}Lite.js` },
    ],
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
