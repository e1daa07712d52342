/* SPDX-License-Identifier: Apache-2.0
 *
 * The memory that the host and the player share: players/mailbox.py has the same layout, and the player says
 * the size that it believes in. 32-bit fields count up; each is written by one side alone.
 */
#ifndef PLAYER_MAILBOX_H
#define PLAYER_MAILBOX_H

#define STATUS_OK 0
#define STATUS_UNDEFINED 1
#define STATUS_TRAPPED 2
#define STATUS_ABORTED 3

#ifndef __ASSEMBLER__
#include <stdint.h>

#define MAILBOX_MAGIC 0x4c4f434bu
#define BATCH 512
#define STATE_WORDS 256

enum { KIND_TIME, KIND_READ, KIND_WRITE, KIND_MRS, KIND_MSR }; /* ref/operation.py, Kind */
enum { STOP_BEFORE = 1, STOP_AFTER = 2 };                      /* where the host changes a line */

struct operation {
    uint64_t data;
    uint32_t address;  /* of the bus, or a system register's encoding */
    uint8_t kind, cpu, size, el1;
    uint32_t stops;
    uint32_t reserved;
};

struct reply {
    uint64_t data;
    uint8_t status, irq, fiq, virq, vfiq, maintenance, reserved[2]; /* lines: a bit a CPU */
    uint32_t digest;
    uint32_t reserved2;
};

struct mailbox {
    uint32_t magic, bytes, level;          /* player: exception level it plays at */
    uint32_t state_words;                  /* player: how many of `state` the latest operation left */
    uint32_t cpus, spi_words, list_registers; /* host, before `begin` */
    uint32_t begin;                        /* host: 1 */
    uint32_t given;                        /* host: operations to do, from the first of `operations` on */
    uint32_t batch;                        /* host: counts batches */
    uint32_t done;                         /* player: the batch it did last */
    uint32_t stopped;                      /* player: stops reached */
    uint32_t resumed;                      /* host: stops left */
    uint32_t fault_level, fault_esr, fault_elr; /* player: an exception that nobody expected */
    uint32_t state[STATE_WORDS];           /* player: all state, as the digest takes it */
    struct operation operations[BATCH];
    struct reply replies[BATCH];
};

#endif /* __ASSEMBLER__ */
#endif
