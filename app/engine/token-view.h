/* SPDX-License-Identifier: GPL-3.0-or-later */

/* A recording as the model meets it, for people: docs/json.md, "tokens". */

#pragma once

#include "app/engine/audio-vocab.h"

G_BEGIN_DECLS

/* The members of the object that the builder is in. */
void app_token_view_build_json (LlmVocab *vocab, const AppHearing *hearing, JsonBuilder *builder);

G_END_DECLS
