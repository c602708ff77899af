/** A part of the greatest as a bar. SVG, since a style attribute would need a hole in the content security policy. */
export function ShareBar({ part, of }: { readonly part: number; readonly of: number }) {
  const width = of === 0 ? 0 : (part / of) * 100
  return (
    <svg class="share-bar" viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true">
      <rect class="rail" width="100" height="4" />
      <rect class="part" width={Math.max(width, 1)} height="4" />
    </svg>
  )
}
