export type Operator = '=' | '!=' | '~' | '<' | '<=' | '>' | '>='

/** A parsed target expression (design 6). Values are as written, but for addresses, which stand in canonical form. */
export type Target =
  | { readonly type: 'all' }
  | { readonly type: 'and' | 'or'; readonly parts: readonly Target[] }
  | { readonly type: 'not'; readonly part: Target }
  | { readonly type: 'compare'; readonly name: string; readonly operator: Operator; readonly value: string }
  | { readonly type: 'in'; readonly name: string; readonly values: readonly string[] }

export type Comparison = Extract<Target, { type: 'compare' | 'in' }>
