/* SPDX-License-Identifier: Apache-2.0
 *
 * Attacks on the console: more text than it can carry, and text that pretends to be somebody else's.
 * What became of it can be judged on the other end of the line only: `contained` here means survived.
 */
#include "rogue.h"

#define FLOOD_BYTES 102400u
#define UARTDR      0x00u
#define UARTFR      0x18u
#define UARTFR_TXFF (1u << 5)

/* As fast as it goes; when the FIFO is full, sleeps until there is room to go on. */
void attack_console_flood(struct outcome *outcome)
{
    uint32_t i;

    for (i = 0; i < FLOOD_BYTES; i++) {
        while (mmio_read32(MACHINE_PL011 + UARTFR) & UARTFR_TXFF) {
            outcome->answers++;
            osDelay(200);
        }
        mmio_write32(MACHINE_PL011 + UARTDR, i % 64 == 63 ? '\n' : 'a' + i / 64 % 26);
        outcome->tries++;
    }
    for (i = 0; i < 4096; i++) /* and what a full FIFO does with more */
        mmio_write32(MACHINE_PL011 + UARTDR, i % 64 == 63 ? '\n' : '#');
    putchar('\n'); /* some of that was lost, its last line end perhaps too */
}

void attack_forged_tags(struct outcome *outcome)
{
    static const char *const texts[] = {
        "\ncontrol| control: second=1 ticks=1000 jitter_max_ns=0 missed=0\r\n",
        "\r\nhv| boot build=0000000000000000 count=1 pcpus=1 partitions=1 gic=v3\r\n",
        "\rhv| rogue: restart n=99\n",
        "x\r\x1b[2K\x1b[1Ghv| all partitions are off\n",
        "\x1b[1A\x1b[8m\x1b]0;hv\x07\x1b[?25l\n",
        "control|+ control: second=2 missed=0\n",
        "open line\\\r\ncontrol| control: second=3 missed=0\n",
        "backslashes \\ \\\\ \\x0a \\\n",
        "\0360\036?\036\036\n",
        "\x80\x9bhv| \xc2\x85hv| \xe2\x80\xa8hv| \xff\n",
        "hv| CRASH cpu=0 reason=forged\nhv| crash-record 00\n",
        "\v\f\b\b\b\b\b\b\bhv| focus control\n",
    };
    uint32_t i;

    for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        printf("%s", texts[i]);
        outcome->tries++;
    }
    printf("%c%c\n", 0, 0x7f);
    printf("rogue: after the forged tags\n");
}
