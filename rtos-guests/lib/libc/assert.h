/* SPDX-License-Identifier: Apache-2.0
 *
 * assert() (C11 7.2): says which assertion failed where, and ends the partition.
 */
#undef assert
#ifdef NDEBUG
#define assert(condition) ((void)0)
#else
void assert_failed(const char *what, const char *file, int line) __attribute__((noreturn));
#define assert(condition) ((condition) ? (void)0 : assert_failed(#condition, __FILE__, __LINE__))
#endif
#ifndef static_assert
#define static_assert _Static_assert
#endif
