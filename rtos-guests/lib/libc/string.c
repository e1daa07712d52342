/* SPDX-License-Identifier: Apache-2.0
 *
 * See string.h; the memory functions that a compiler calls by itself are in text.c.
 */
#include <stdint.h>
#include <string.h>

void *memchr(const void *in, int value, size_t size)
{
    const uint8_t *at = in;

    for (; size--; at++)
        if (*at == (uint8_t)value)
            return (void *)(uintptr_t)at;
    return NULL;
}

size_t strnlen(const char *text, size_t size)
{
    size_t length = 0;

    while (length < size && text[length])
        length++;
    return length;
}

size_t strlen(const char *text) { return strnlen(text, SIZE_MAX); }

int strncmp(const char *a, const char *b, size_t size)
{
    for (; size--; a++, b++) {
        if (*a != *b)
            return (uint8_t)*a - (uint8_t)*b;
        if (!*a)
            break;
    }
    return 0;
}

int strcmp(const char *a, const char *b) { return strncmp(a, b, SIZE_MAX); }

char *strchr(const char *text, int c)
{
    for (;; text++) {
        if (*text == (char)c)
            return (char *)(uintptr_t)text;
        if (!*text)
            return NULL;
    }
}

char *strrchr(const char *text, int c)
{
    const char *found = NULL;

    for (;; text++) {
        if (*text == (char)c)
            found = text;
        if (!*text)
            return (char *)(uintptr_t)found;
    }
}

char *strstr(const char *text, const char *wanted)
{
    size_t length = strlen(wanted);

    for (;; text++) {
        if (strncmp(text, wanted, length) == 0)
            return (char *)(uintptr_t)text;
        if (!*text)
            return NULL;
    }
}

char *strcpy(char *restrict to, const char *restrict from)
{
    char *at = to;

    while ((*at++ = *from++)) {
    }
    return to;
}

char *strncpy(char *restrict to, const char *restrict from, size_t size)
{
    size_t i = 0;

    for (; i < size && from[i]; i++)
        to[i] = from[i];
    for (; i < size; i++)
        to[i] = 0;
    return to;
}

size_t strspn(const char *text, const char *accept)
{
    size_t length = 0;

    while (text[length] && strchr(accept, text[length]))
        length++;
    return length;
}

size_t strcspn(const char *text, const char *reject)
{
    size_t length = 0;

    while (text[length] && !strchr(reject, text[length]))
        length++;
    return length;
}
