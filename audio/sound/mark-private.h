/* SPDX-License-Identifier: GPL-3.0-or-later */

/* What adding and finding the mark share: its pattern over time and frequency. */

#pragma once

#include "audio/sound/mark.h"

/* A chip is a pair of slots of one band: louder, then softer, or the other way round. */
#define MARK_SLOT_S 0.02
#define MARK_N_PAIRS 40 /* of slots, in a period */
#define MARK_N_BANDS 22
#define MARK_N_CHIPS (MARK_N_PAIRS * MARK_N_BANDS)
#define MARK_LOWEST_HZ 250.0
#define MARK_HIGHEST_HZ 3770.0
#define MARK_BAND_HZ ((MARK_HIGHEST_HZ - MARK_LOWEST_HZ) / MARK_N_BANDS)

/* signs[pair][band]: 1 or -1, of the pair's first slot. */
typedef struct {
  float signs[MARK_N_PAIRS][MARK_N_BANDS];
} MarkPattern;

void mark_pattern_init (MarkPattern *pattern, AudioMarkPayload payload);
