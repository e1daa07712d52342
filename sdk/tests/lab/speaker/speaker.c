/* SPDX-License-Identifier: Apache-2.0
 *
 * The smallest machine code that speaks the console protocol: it says the boot line, answers
 * Ctrl-^ ?, echoes typed lines as partition 'echo' and powers off on 'q'. For tests of the lab
 * under a real QEMU, without the hypervisor.
 */
#include <stdint.h>

#define UART ((volatile uint32_t *)0x09000000)
#define BOOT_LINE "hv| boot build=0123456789abcdef count=1 pcpus=4 partitions=1 gic=v3\r\n"

__asm__(".section .head, \"ax\"\n"
        "head: b start\n .long 0\n .quad 0\n .quad 0x10000\n .quad 0\n .quad 0, 0, 0\n .ascii \"ARM\\x64\"\n .long 0\n"
        "start: adrp x1, head\n add sp, x1, #0x10, lsl #12\n bl speak\n");

static void put(char c)
{
    while (UART[6] & 0x20)
        ;
    UART[0] = (uint32_t)(unsigned char)c;
}

static void say(const char *text)
{
    while (*text)
        put(*text++);
}

static char get(void)
{
    while (UART[6] & 0x10)
        __asm__ volatile("yield");
    return (char)UART[0];
}

__attribute__((noreturn)) void speak(void)
{
    char line[80];
    int used = 0;

    say(BOOT_LINE);
    for (;;) {
        char c = get();
        if (c == 0x1e) {
            if (get() == '?')
                say(BOOT_LINE);
        } else if (c == '\r') {
            line[used] = 0;
            say("echo| ");
            say(line);
            say("\r\n");
            used = 0;
        } else if (c == 'q') {
            say("hv| all partitions are off\r\n");
            register uint64_t x0 __asm__("x0") = 0x84000008; /* PSCI SYSTEM_OFF */
            __asm__ volatile("smc #0" : "+r"(x0) : : "memory");
        } else if (used < 79) {
            line[used++] = c;
        }
    }
}
