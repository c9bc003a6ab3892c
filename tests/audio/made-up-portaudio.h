/* SPDX-License-Identifier: GPL-3.0-or-later */

/* PortAudio with devices of one rate and with a slow sound server, for tests that use what is here:
 * then two of its functions are these instead of the library's, which they call. */

#pragma once

#include <stdatomic.h>

extern double portaudio_only_rate;          /* of streams; 0: as the library says */
extern atomic_int portaudio_start_delay_us; /* of Pa_Initialize() */
