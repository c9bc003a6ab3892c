/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Plans of FFTW, made and freed by any thread: its planner keeps global state, only executing is
 * safe without a lock. Internal to audio/.
 */

#pragma once

#include <fftw3.h>

/* n_transforms complex transforms of `size`, one after the other in memory. Estimated, not
 * measured: the choice, and with it the last bits, is the same in each run. */
fftwf_plan audio_fft_plan (int size, int n_transforms, fftwf_complex *in, fftwf_complex *out,
                           int sign);
void audio_fft_free (fftwf_plan plan);
