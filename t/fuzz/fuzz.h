/* fuzz.h - one entry for each parser.
 * Each fuzz_NAME.c exports LLVMFuzzerTestOneInput.  It is linked either with libFuzzer (clang
 * -fsanitize=fuzzer), to find inputs, or with replay.c, to try those in corpus/NAME again with
 * any compiler.  An entry does not only wait for the sanitizers: it holds what the parser's
 * header promises (fuzz_holds). */
#ifndef SF_T_FUZZ_H
#define SF_T_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static inline void
fuzz_check(bool holds, const char *promise, const char *file, int line)
{
	if (holds)
		return;
	fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, promise);
	abort();
}

#define fuzz_holds(promise) fuzz_check((promise), #promise, __FILE__, __LINE__)

#endif
