import { defineConfig } from 'vitest/config';

// Tests with real parts: a Kafka broker, JupyterLab in Chromium. Slow, one file after the other.
export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 180_000,
    hookTimeout: 300_000,
    expect: { poll: { timeout: 15_000 } },
    pool: 'forks',
    fileParallelism: false,
  },
});
