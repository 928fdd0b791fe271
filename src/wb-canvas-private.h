/* wb-canvas-private.h: what a canvas keeps, shared by its files.
 *
 *   wb-canvas.c           the widget: what is shown, which part of it, its children
 *   wb-canvas-cards.c     layers and groups become cards and edges, and get their places
 *   wb-canvas-layout.c    cards and edges get their places, on a thread where there are many
 *   wb-canvas-text.c      texts, measured and drawn once
 *   wb-canvas-ink.c       what all is drawn with, on the screen and on paper
 *   wb-canvas-draw.c      the drawing
 *   wb-canvas-paper.c     the drawing, as a file
 *   wb-canvas-live.c      what is drawn of a deed that is not done yet
 *   wb-canvas-selection.c what is selected
 *   wb-canvas-edit.c      edits: each makes a changed copy, and says so
 *   wb-canvas-blocks.c    edits that put blocks of layers into it
 *   wb-canvas-keys.c      actions and keys
 *   wb-canvas-gestures.c  pointer and fingers
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "wb-canvas.h"
#include "wb-export.h"
#include "wb-snap.h"

G_BEGIN_DECLS

/* A box, as drawing functions take it. */
#define WB_RECT(BOX) (&GRAPHENE_RECT_INIT ((float) (BOX).x, (float) (BOX).y, (float) (BOX).width, (float) (BOX).height))

#define WB_FRAME_HEAD 24 /* canvas units: a frame above its cards, with the group's name */

/* How closely it is looked at: what cannot be read is not drawn. */
typedef enum
{
  WB_DETAIL_FULL,
  WB_DETAIL_TITLES,
  WB_DETAIL_BOXES,
  WB_N_DETAILS
} WbDetail;

typedef enum
{
  WB_TEXT_TITLE,
  WB_TEXT_SUMMARY,
  WB_TEXT_SHAPE,
  WB_TEXT_FRAME,  /* the name of an open group */
  WB_TEXT_BUBBLE, /* a remark about what is being done */
} WbTextStyle;

typedef struct
{
  WbTextStyle style;
  int at_most;
  char *words;
  GskRenderNode *node; /* at 0, 0 */
  double width, height;
  char *shortened; /* what is left of words that were too long; NULL: they were not */
} WbText;

/* A layer, or a group that is closed. The node of the layout with the same index is its box. */
typedef struct
{
  guint node;        /* the layer; the last of a group's, whose output is the group's */
  guint first;       /* the first of a group's */
  guint n_nodes;     /* that it stands for */
  const char *group; /* the graph's; NULL: a layer */
  gboolean broken;   /* one of its layers is */
  double share;      /* of all multiply-adds, 0 … 1 */
  char *title, *summary, *shape;
  GtkWidget *problem; /* what is wrong with it, and what mends it; or NULL */
  double problem_height;
  GskRenderNode *looks[WB_N_DETAILS];
} WbCard;

/* A group that is open: a frame around its layers, or around some of them where others lie between. */
typedef struct
{
  const char *name; /* the graph's */
  WbBox box;
} WbFrame;

typedef struct
{
  guint from, to; /* nodes: of several that run between two cards, the first */
  GskRenderNode *looks[WB_N_DETAILS];
} WbEdge;

/* What a point of the canvas is part of. */
typedef enum
{
  WB_HIT_NOTHING,
  WB_HIT_CARD,
  WB_HIT_OUTPUT, /* the port of a card */
  WB_HIT_INPUT,
  WB_HIT_EDGE,
  WB_HIT_FRAME, /* the name of an open group */
} WbHitKind;

typedef struct
{
  WbHitKind kind;
  guint index; /* of the card, edge or frame */
} WbHit;

/* What the pointer is doing. */
typedef enum
{
  WB_DEED_NONE,
  WB_DEED_MOVE,
  WB_DEED_CONNECT,
  WB_DEED_BAND,
  WB_DEED_PAN,
} WbDeed;

struct _WbCanvas
{
  GtkWidget parent_instance;

  LatheGraph *graph;              /* NULL before there is one */
  const LatheGraphReport *report; /* not owned */
  GSimpleActionGroup *actions;
  GtkWidget *menu;

  WbLayoutDirection direction;
  GArray *cards;  /* (element-type WbCard) */
  GArray *edges;  /* (element-type WbEdge): as the layout's */
  GArray *frames; /* (element-type WbFrame) */
  guint *card_of; /* by node */
  guint heaviest; /* the card with the largest share; G_MAXUINT: none */
  WbLayout *layout;
  WbLayout *before;        /* the layout before the cards were made anew, while they are */
  GHashTable *places;      /* (element-type utf8 guint): which of its nodes a card was */
  guint generation;        /* counts the layouts that were asked for */
  gboolean laying_out;     /* a thread is at one of them */
  gboolean awaited;        /* `layout` is for the time until that is there */
  GskRenderNode *seen;     /* all that was drawn last */
  double card_width, head; /* of every card: its width, and the height of its line of text */
  GHashTable *open_groups; /* (element-type utf8) */
  GHashTable *texts;       /* (element-type WbText) */
  GskRenderNode *dots;

  WbViewport view;
  gboolean fresh; /* its beginning is to be shown once there is room */

  GHashTable *selected; /* (element-type utf8): names of nodes */
  char *cursor;         /* name of one of them, or NULL */
  int edge;             /* the selected edge, -1: none */

  WbHit hover;
  WbPoint pointer; /* pixels */
  gboolean space;  /* is held: the pointer pans */

  WbDeed deed;
  gboolean under_way;               /* the pointer has gone far enough */
  gboolean keep;                    /* pressed on one of several: only that is selected when it is let go */
  guint grip;                       /* the card that is dragged or connected */
  gboolean backwards;               /* it is connected from its input to what feeds it */
  int cut;                          /* the edge whose end is dragged off, -1: none */
  int target;                       /* the card that would be connected, -1: none */
  char *refusal;                    /* why it cannot be */
  WbPoint start;                    /* pixels: where the deed began */
  double from_x, from_y, from_zoom; /* of the view, when it began */
  WbPoint moved;                    /* canvas units: how far the selected cards are */
  WbSnap snap;

  gboolean linking; /* by keys, from the cursor to the target */

  gboolean has_place; /* where a layer that is chosen is to go: */
  WbPoint place;
  int place_edge;
  int drop_edge; /* the edge over which one is held, -1: none */
};

/* --- wb-canvas.c */
void wb_canvas_view_changed (WbCanvas *self);
void wb_canvas_laid_out (WbCanvas *self); /* the layout has come */
void wb_canvas_reveal (WbCanvas *self, guint card);
void wb_canvas_zoom (WbCanvas *self, double zoom); /* about the middle of what is seen */
void wb_canvas_fit (WbCanvas *self);
void wb_canvas_popup_menu (WbCanvas *self, WbPoint pixel);
void wb_canvas_edited (WbCanvas *self, const LatheGraph *graph);
void wb_canvas_refuse (WbCanvas *self, const char *reason);
void wb_canvas_tell (WbCanvas *self, const char *text);
void wb_canvas_choose (WbCanvas *self, WbPoint pixel, const char *typed);

/* --- wb-canvas-cards.c */
void wb_canvas_make_cards (WbCanvas *self);
void wb_canvas_forget_cards (WbCanvas *self);
void wb_canvas_forget_looks (WbCanvas *self);  /* of another style */
void wb_canvas_forget_routes (WbCanvas *self); /* what edges look like */
WbCard *wb_canvas_card (WbCanvas *self, guint index);
WbEdge *wb_canvas_edge (WbCanvas *self, guint index);
const LatheNode *wb_canvas_node_of (WbCanvas *self, guint card);
gboolean wb_canvas_has (WbCanvas *self, guint card, guint node); /* stands for it */
int wb_canvas_find_card (WbCanvas *self, const char *name);      /* of a node; -1: none */
WbHit wb_canvas_hit (WbCanvas *self, WbPoint pixel);
char *wb_canvas_describe (WbCanvas *self, guint card); /* (transfer full) for who does not see it */

/* --- wb-canvas-layout.c */
void wb_canvas_remember_places (WbCanvas *self); /* before the cards are made anew */
void wb_canvas_lay_out (WbCanvas *self);
void wb_canvas_forget_places (WbCanvas *self);
/* What was seen last stays, until a network that has nothing to do with it has its places. */
gboolean wb_canvas_is_held (WbCanvas *self);

/* --- wb-canvas-text.c */
const WbText *wb_canvas_text (WbCanvas *self, WbTextStyle style, const char *text, double at_most);
const char *wb_text_style_color (WbTextStyle style, double *opacity); /* the name of a colour */
gboolean wb_text_style_is_bold (WbTextStyle style);
double wb_text_style_size (WbTextStyle style); /* of the window's text */
GHashTable *wb_texts_new (void);

/* --- wb-canvas-draw.c, wb-canvas-live.c */
GdkRGBA wb_canvas_color (WbCanvas *self, const char *name, double opacity);
WbDetail wb_canvas_get_detail (WbCanvas *self);
void wb_canvas_draw (WbCanvas *self, GtkSnapshot *snapshot);
void wb_canvas_draw_live (WbCanvas *self, GtkSnapshot *snapshot);
double wb_canvas_line_width (WbDetail detail);

/* --- wb-canvas-paper.c */
/* Asks where to, and saves all of the drawing. (A WbExportFormat.) */
void wb_canvas_save (WbCanvas *self, WbExportFormat format);

/* --- wb-canvas-selection.c */
gboolean wb_canvas_card_selected (WbCanvas *self, guint card);
void wb_canvas_select_card (WbCanvas *self, guint card, gboolean add);
void wb_canvas_toggle_card (WbCanvas *self, guint card);
void wb_canvas_select_none (WbCanvas *self);
void wb_canvas_select_all (WbCanvas *self);
void wb_canvas_select_edge (WbCanvas *self, guint edge);
void wb_canvas_select_band (WbCanvas *self, WbBox band, gboolean add);
void wb_canvas_select_names (WbCanvas *self, GPtrArray *nodes); /* of a graph that is about to be shown */
void wb_canvas_prune_selection (WbCanvas *self);                /* to what is still there */
void wb_canvas_selection_changed (WbCanvas *self);
int wb_canvas_cursor_card (WbCanvas *self);
GPtrArray *wb_canvas_selected_in (WbCanvas *self, LatheGraph *graph); /* its nodes of the selected names, in order */

/* --- wb-canvas-edit.c */
void wb_canvas_remove_selected (WbCanvas *self);
void wb_canvas_copy_selected (WbCanvas *self);
void wb_canvas_paste (WbCanvas *self);
void wb_canvas_duplicate_selected (WbCanvas *self);
void wb_canvas_group_selected (WbCanvas *self);
void wb_canvas_ungroup_selected (WbCanvas *self);
void wb_canvas_toggle_group (WbCanvas *self, const char *name);
void wb_canvas_arrange (WbCanvas *self);
void wb_canvas_move_selected (WbCanvas *self, WbPoint by);
void wb_canvas_insert (WbCanvas *self, const WbPart *part, WbPoint place, int edge);
void wb_canvas_disconnect_edge (WbCanvas *self, guint edge);
/* Feeds one card's output to the other; with `cut`, an edge, in place of that one. */
void wb_canvas_connect_cards (WbCanvas *self, guint from, guint to, int cut);
gboolean wb_canvas_can_connect (WbCanvas *self, guint from, guint to, int cut, GError **error);

/* --- wb-canvas-blocks.c */
void wb_canvas_insert_block (WbCanvas *self, const WbPart *part, WbPoint place, int edge);
void wb_canvas_add_block (WbCanvas *self, const WbPart *part); /* behind the cursor */

/* --- wb-canvas-keys.c, wb-canvas-gestures.c */
void wb_canvas_install_keys (GtkWidgetClass *widget_class);
void wb_canvas_add_actions (WbCanvas *self);
void wb_canvas_update_actions (WbCanvas *self);
void wb_canvas_add_keys (WbCanvas *self);
void wb_canvas_stop_linking (WbCanvas *self);
void wb_canvas_add_gestures (WbCanvas *self);
void wb_canvas_end_deed (WbCanvas *self);

G_END_DECLS
