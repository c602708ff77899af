/** The browser that comes with the packages starts on this machine, whatever else is installed. */
import { expect, it } from 'vitest'
import { launchBrowser } from '../../bench/machine/browser.ts'
import { testSettings } from '../test-settings.ts'

it('the packaged browser starts and runs scripts', async () => {
  await using browser = await launchBrowser({ ...testSettings(), packaged: true })
  const page = await browser.newPage()
  expect(await page.evaluate(() => 6 * 7)).toBe(42)
})
