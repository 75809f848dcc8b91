/**
 * Where Cornerstone's picture is sampled. A graphics pipeline moves the corners of an image onto its own grid before it
 * draws (OpenGL ES 3.0, SUBPIXEL_BITS: at least 4, so up to 1/32 of a pixel), and everything between them along. At a
 * steep edge that is three greys of 255. Each pixel takes its sample from where it lies, and not from where it was moved.
 */

interface Replacement {
  shaderType: "Vertex" | "Fragment";
  originalValue: string;
  replaceFirst: boolean;
  replacementValue: string;
  replaceAll: boolean;
}

/** As far as it is used here; vtk.js' own type lacks it. */
interface Mapper {
  getViewSpecificProperties(): { OpenGL?: { ShaderReplacements: Replacement[] } };
  modified(): void;
}

const before = (shaderType: Replacement["shaderType"], mark: string, code: string): Replacement => ({
  shaderType,
  originalValue: mark,
  replaceFirst: true,
  replacementValue: `${code}\n${mark}`,
  replaceAll: false,
});

const DECLARATION = "varying vec4 cornerVCVSOutput;";
const CORNER = "cornerVCVSOutput = MCPCMatrix * vertexMC;";
const DRAWN = "texture1, tcoordVCVSOutput";
const EXACT = "texture1, exactTCoord";

const exactly = (width: number, height: number): string => `
  vec2 canvasSize = vec2(${width}.0, ${height}.0);
  vec2 movedBy = gl_FragCoord.xy - (cornerVCVSOutput.xy * 0.5 + 0.5) * canvasSize;
  if (any(greaterThan(abs(movedBy), vec2(0.5)))) movedBy = vec2(0.0);
  vec2 exactTCoord = tcoordVCVSOutput + dFdx(tcoordVCVSOutput) * movedBy.x + dFdy(tcoordVCVSOutput) * movedBy.y;`;

/** Lets a mapper draw into a canvas of so many pixels exactly; its shader is made anew only for another size. */
export function placeExactly(mapper: unknown, width: number, height: number): void {
  const { getViewSpecificProperties, modified } = mapper as Mapper;
  const properties = getViewSpecificProperties();
  const code = exactly(width, height);
  if (properties.OpenGL?.ShaderReplacements.some(({ replacementValue }) => replacementValue.startsWith(code)))
    return;
  properties.OpenGL = {
    ShaderReplacements: [
      before("Vertex", "//VTK::PositionVC::Dec", DECLARATION),
      before("Vertex", "//VTK::PositionVC::Impl", CORNER),
      before("Fragment", "//VTK::PositionVC::Dec", DECLARATION),
      before("Fragment", "//VTK::TCoord::Impl", code),
      {
        shaderType: "Fragment",
        originalValue: DRAWN,
        replaceFirst: false,
        replacementValue: EXACT,
        replaceAll: true,
      },
    ],
  };
  modified();
}
