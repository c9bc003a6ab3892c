/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The program with its one window: a second start hands its files to the first. Main thread. */

#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

#define HS_TYPE_APPLICATION (hs_application_get_type ())
G_DECLARE_FINAL_TYPE (HsApplication, hs_application, HS, APPLICATION, AdwApplication)

HsApplication *hs_application_new (void);

G_END_DECLS
